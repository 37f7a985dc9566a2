/* The hot loops of auditor/dedup/ngrams.py and minhash.py, one pass over the bytes of a column.
 *
 * Every function gives the same numbers, bit for bit, as its NumPy twin; the twins are the specification and a
 * test holds them together. Rows that the table cannot fold one code point at a time (combining marks, letters
 * whose compatibility form is several letters) are reported back and go the slow way.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

enum { SEPARATOR = 0, INVISIBLE = 1, COMPLEX = 2 }; /* else the folded code point of a letter */
#define IDEOGRAPH_BIT 0x80000000u
#define TABLE_SIZE 0x323B0u
#define BINS 128
#define EMPTY UINT32_MAX
#define DRAWS 126
#define VALUE_BITS 25
#define VALUE_MASK ((1u << VALUE_BITS) - 1)

static const uint64_t ODD = 0x9E3779B97F4A7C15ull, MIX = 0xD6E8FEB86659FD93ull, SALT = 0x2545F4914F6CDD1Dull;

static inline uint64_t mix(uint64_t x) {
    x ^= x >> 32;
    x *= MIX;
    x ^= x >> 29;
    x *= MIX;
    return x ^ (x >> 32);
}

static inline uint64_t load8(const uint8_t *p) {
    uint64_t word;
    memcpy(&word, p, 8);
    return word;
}

/* ---- folding: words in one case between zero bytes ---- */

static inline uint8_t fold_ascii(uint8_t c) {
    uint8_t lower = c | 0x20;
    uint8_t letter = (uint8_t)(lower - 'a') < 26, digit = (uint8_t)(c - '0') < 10;
    return letter ? lower : (digit | (c == '_')) ? c : 0;
}

static inline uint8_t *put_utf8(uint8_t *out, uint32_t point) {
    if (point < 0x80) {
        *out++ = (uint8_t)point;
    } else if (point < 0x800) {
        *out++ = (uint8_t)(0xC0 | point >> 6);
        *out++ = (uint8_t)(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        *out++ = (uint8_t)(0xE0 | point >> 12);
        *out++ = (uint8_t)(0x80 | (point >> 6 & 0x3F));
        *out++ = (uint8_t)(0x80 | (point & 0x3F));
    } else {
        *out++ = (uint8_t)(0xF0 | point >> 18);
        *out++ = (uint8_t)(0x80 | (point >> 12 & 0x3F));
        *out++ = (uint8_t)(0x80 | (point >> 6 & 0x3F));
        *out++ = (uint8_t)(0x80 | (point & 0x3F));
    }
    return out;
}

/* one code point of valid UTF-8 */
static inline uint32_t get_utf8(const uint8_t **at) {
    const uint8_t *p = *at;
    uint32_t lead = *p;
    if (lead < 0xE0) {
        *at = p + 2;
        return (lead & 0x1F) << 6 | (p[1] & 0x3F);
    }
    if (lead < 0xF0) {
        *at = p + 3;
        return (lead & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    }
    *at = p + 4;
    return (lead & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 | (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
}

/* Fold one row into `out`, which has room for twice its bytes and 32; the end of what was written, or NULL where the
 * row holds a complex code point. */
static inline uint8_t *fold_row(const uint8_t *p, const uint8_t *end, const uint32_t *table, uint8_t *out) {
    const uint8_t *begin = out;
    while (p < end) {
        ptrdiff_t left = end - p, plain = 0;
        while (plain + 32 <= left) { /* a block of ASCII at a time, which the compiler does in one instruction or two */
            uint8_t high = 0;
            for (int i = 0; i < 32; i++) high |= p[plain + i];
            if (high & 0x80) break;
            for (int i = 0; i < 32; i++) out[plain + i] = fold_ascii(p[plain + i]);
            plain += 32;
        }
        while (plain < left && p[plain] < 0x80) {
            out[plain] = fold_ascii(p[plain]);
            plain++;
        }
        p += plain;
        out += plain;
        while (p < end && *p >= 0x80) {
            uint32_t point = get_utf8(&p), folded = point < TABLE_SIZE ? table[point] : SEPARATOR;
            if (folded == COMPLEX) return NULL;
            if (folded == INVISIBLE) continue;
            if (folded & IDEOGRAPH_BIT) { /* a token of its own */
                if (out > begin && out[-1]) *out++ = 0;
                out = put_utf8(out, folded & ~IDEOGRAPH_BIT);
                *out++ = 0;
            } else if (folded == SEPARATOR) {
                *out++ = 0;
            } else {
                out = put_utf8(out, folded);
            }
        }
    }
    return out;
}

/* ---- tokens and n-grams ---- */

/* Hashes of the words in a folded row, eight bytes of a word at a time; their number. 16 zero bytes follow `end`. */
static inline int64_t hash_tokens(const uint8_t *p, const uint8_t *end, uint64_t *tokens) {
    int64_t count = 0;
    for (;;) {
        uint64_t word = load8(p);
        while (word == 0) {
            p += 8;
            if (p >= end) return count;
            word = load8(p);
        }
        p += __builtin_ctzll(word) >> 3;
        word = load8(p);
        uint64_t zero = (word - 0x0101010101010101ull) & ~word & 0x8080808080808080ull;
        if (zero) { /* the word ends within these eight bytes */
            uint64_t length = (uint64_t)__builtin_ctzll(zero) >> 3;
            tokens[count++] = mix((word & ((1ull << (8 * length)) - 1)) ^ (length * ODD));
            p += length;
            continue;
        }
        const uint8_t *stop = p + 8;
        while (*stop) stop++;
        uint64_t length = (uint64_t)(stop - p), hash = mix(word ^ (length * ODD));
        for (p += 8; p < stop; p += 8) {
            word = load8(p);
            if (stop - p < 8) word &= (1ull << (8 * (stop - p))) - 1;
            hash = mix(hash * ODD + word);
        }
        tokens[count++] = hash;
        p = stop;
    }
}

/* Token hashes of one row into `tokens`; their number, or -1 where the row holds a complex code point. */
static inline int64_t tokenize(const uint8_t *p, const uint8_t *end, const uint32_t *table, uint8_t *buffer,
                               uint64_t *tokens) {
    uint8_t *stop = fold_row(p, end, table, buffer);
    if (stop == NULL) return -1;
    memset(stop, 0, 16);
    return stop == buffer ? 0 : hash_tokens(buffer, stop, tokens);
}

static inline uint64_t sequence_hash(const uint64_t *tokens, int64_t count) {
    uint64_t sum = 0;
    for (int64_t i = 0; i < count; i++) sum += mix(tokens[i] + (uint64_t)i * ODD);
    return mix(sum + (uint64_t)count);
}

/* n-grams of one row of `count` > 0 tokens; their number */
static inline int64_t ngram_hashes(const uint64_t *tokens, int64_t count, int64_t n, const uint64_t *odd,
                                   uint64_t sequence, uint64_t *out) {
    if (count < n) {
        out[0] = sequence;
        return 1;
    }
    int64_t grams = count - n + 1;
    for (int64_t i = 0; i < grams; i++) out[i] = tokens[i] * odd[0];
    for (int64_t k = 1; k < n; k++)
        for (int64_t i = 0; i < grams; i++) out[i] += tokens[i + k] * odd[k];
    for (int64_t i = 0; i < grams; i++) out[i] = mix(out[i]);
    return grams;
}

/* n-grams of rows. `hashes` has room for one entry every two bytes and two a row. Rows that must go the slow way get
 * tokens = -1 and no n-grams. Returns the number of n-grams written. */
CLONES int64_t auditor_shingles(const uint8_t *data, const int64_t *offsets, int64_t rows, int64_t n,
                                const uint32_t *table, const uint64_t *odd, uint8_t *buffer, uint64_t *scratch,
                                uint64_t *hashes, int64_t *out_offsets, uint64_t *sequence, int64_t *tokens) {
    int64_t written = 0;
    for (int64_t row = 0; row < rows; row++) {
        out_offsets[row] = written;
        int64_t count = tokenize(data + offsets[row], data + offsets[row + 1], table, buffer, scratch);
        tokens[row] = count;
        sequence[row] = count > 0 ? sequence_hash(scratch, count) : 0;
        if (count > 0) written += ngram_hashes(scratch, count, n, odd, sequence[row], hashes + written);
    }
    out_offsets[rows] = written;
    return written;
}

/* ---- sketches and band keys ---- */

static inline int has_empty(const uint32_t *bins) {
    uint32_t found = 0;
    for (int i = 0; i < BINS; i++) found |= (uint32_t)(bins[i] == EMPTY);
    return found != 0;
}

static inline void draw(const uint64_t *mixed, int64_t count, int high, uint32_t tag, uint32_t *bins) {
    int shift = high ? 32 : 0;
    for (int64_t i = 0; i < count; i++) {
        uint64_t part = mixed[i] >> shift;
        uint32_t bin = (uint32_t)(part >> VALUE_BITS) & (BINS - 1), value = ((uint32_t)part & VALUE_MASK) | tag;
        uint32_t old = bins[bin];
        bins[bin] = value < old ? value : old;
    }
}

/* Fast similarity sketch of a set of `count` > 0: two draws of a bin and a value from every 64 mixed bits */
static inline void sketch_row(const uint64_t *hashes, int64_t count, uint64_t *mixed, uint32_t *bins) {
    for (int i = 0; i < BINS; i++) bins[i] = EMPTY;
    draw(hashes, count, 1, 0, bins);
    draw(hashes, count, 0, 1u << VALUE_BITS, bins);
    for (uint32_t number = 2; number < DRAWS && has_empty(bins); number += 2) {
        uint64_t salt = SALT * (2 * (uint64_t)(number / 2) + 1);
        for (int64_t i = 0; i < count; i++) mixed[i] = mix(hashes[i] ^ salt);
        draw(mixed, count, 1, number << VALUE_BITS, bins);
        draw(mixed, count, 0, (number + 1) << VALUE_BITS, bins);
    }
    for (uint32_t bin = 0; bin < BINS; bin++) {
        if (bins[bin] != EMPTY) continue;
        uint64_t salt = SALT * (2 * (uint64_t)(BINS + bin) + 1);
        for (int64_t i = 0; i < count; i++) {
            uint32_t value = (uint32_t)(mix(hashes[i] ^ salt) >> (64 - VALUE_BITS)) | (uint32_t)DRAWS << VALUE_BITS;
            bins[bin] = value < bins[bin] ? value : bins[bin];
        }
    }
}

/* keys[band * stride] of one set; all rows without n-grams have the keys of a sketch of empty bins */
static inline void key_row(const uint64_t *hashes, int64_t count, int64_t bands, int64_t height, const uint64_t *odd,
                           uint64_t *mixed, uint64_t *keys, int64_t stride) {
    uint32_t bins[BINS];
    if (count > 0) {
        sketch_row(hashes, count, mixed, bins);
    } else {
        for (int i = 0; i < BINS; i++) bins[i] = EMPTY;
    }
    for (int64_t band = 0; band < bands; band++) {
        uint64_t sum = (uint64_t)band;
        for (int64_t i = 0; i < height; i++) sum += (uint64_t)bins[band * height + i] * odd[i];
        keys[band * stride] = mix(sum);
    }
}

/* Band keys of sets given by `offsets` into `hashes`; `mixed` has room for the largest set. */
CLONES void auditor_band_keys(const uint64_t *hashes, const int64_t *offsets, int64_t rows, int64_t bands,
                              int64_t height, const uint64_t *odd, uint64_t *mixed, uint64_t *keys) {
    for (int64_t row = 0; row < rows; row++)
        key_row(hashes + offsets[row], offsets[row + 1] - offsets[row], bands, height, odd, mixed, keys + row, rows);
}

/* Both at once, n-grams never leaving the cache: keys[band * stride + first + row], sequence and token count of rows.
 * `scratch` has room for three times the longest row's bytes and 6. Rows that must go the slow way get tokens = -1. */
CLONES void auditor_signatures(const uint8_t *data, const int64_t *offsets, int64_t rows, int64_t n,
                               const uint32_t *table, const uint64_t *odd, uint8_t *buffer, uint64_t *scratch,
                               int64_t room, int64_t bands, int64_t height, const uint64_t *band_odd, uint64_t *keys,
                               int64_t stride, int64_t first, uint64_t *sequence, int64_t *tokens) {
    uint64_t *grams = scratch + room, *mixed = scratch + 2 * room;
    for (int64_t row = 0; row < rows; row++) {
        int64_t count = tokenize(data + offsets[row], data + offsets[row + 1], table, buffer, scratch);
        tokens[first + row] = count;
        sequence[first + row] = count > 0 ? sequence_hash(scratch, count) : 0;
        int64_t size = count > 0 ? ngram_hashes(scratch, count, n, odd, sequence[first + row], grams) : 0;
        key_row(grams, size, bands, height, band_odd, mixed, keys + first + row, stride);
    }
}

/* ---- exact verification ---- */

typedef struct {
    uint64_t *key;   /* an n-gram */
    uint32_t *epoch; /* the set it was put in for; older entries are free slots */
    uint32_t *seen;  /* the last pair in which it was met */
} Table;

static inline uint64_t slot_of(const Table *table, uint64_t mask, uint32_t epoch, uint64_t hash) {
    uint64_t slot = hash & mask;
    while (table->epoch[slot] == epoch && table->key[slot] != hash) slot = (slot + 1) & mask;
    return slot;
}

/* Put a set in; the number of distinct n-grams. */
static inline int64_t fill(Table *table, uint64_t mask, uint32_t epoch, const uint64_t *set, int64_t count) {
    int64_t distinct = 0;
    for (int64_t i = 0; i < count; i++) {
        uint64_t slot = slot_of(table, mask, epoch, set[i]);
        if (table->epoch[slot] == epoch) continue;
        table->epoch[slot] = epoch;
        table->key[slot] = set[i];
        table->seen[slot] = UINT32_MAX;
        distinct++;
    }
    return distinct;
}

static inline uint64_t mask_for(int64_t count) {
    uint64_t size = 4;
    while (size < 2 * (uint64_t)count) size *= 2;
    return size - 1;
}

/* Exact Jaccard similarity of pairs of sets, fewer than 2^32 - 1 of them, sorted by `a`; 0 for pairs that turn out to
 * lie below `least`. The three arrays of the table have room for four times the largest set, epochs are zero. */
void auditor_jaccard(const uint64_t *hashes, const int64_t *offsets, int64_t rows, const int64_t *a, const int64_t *b,
                     int64_t pairs, double least, uint64_t *key, uint32_t *epoch, uint32_t *seen, int64_t *sizes, double *result) {
    Table table = {key, epoch, seen};
    uint32_t now = 0;
    for (int64_t row = 0; row < rows; row++) {
        int64_t count = offsets[row + 1] - offsets[row];
        sizes[row] = fill(&table, mask_for(count), ++now, hashes + offsets[row], count);
    }
    uint64_t mask = 0;
    for (int64_t pair = 0; pair < pairs; pair++) {
        if (pair == 0 || a[pair] != a[pair - 1]) {
            int64_t count = offsets[a[pair] + 1] - offsets[a[pair]];
            mask = mask_for(count);
            fill(&table, mask, ++now, hashes + offsets[a[pair]], count);
        }
        const uint64_t *other = hashes + offsets[b[pair]];
        int64_t count = offsets[b[pair] + 1] - offsets[b[pair]], shared = 0, i = 0;
        int64_t both = sizes[a[pair]] + sizes[b[pair]], smaller = sizes[a[pair]] < sizes[b[pair]] ? sizes[a[pair]] : sizes[b[pair]];
        int64_t needed = (int64_t)(least / (1 + least) * (double)both - 1e-6); /* to reach `least` */
        if (smaller >= needed) {
            for (; i < count && shared + count - i >= needed; i++) {
                uint64_t slot = slot_of(&table, mask, now, other[i]);
                if (epoch[slot] != now || seen[slot] == (uint32_t)pair) continue;
                seen[slot] = (uint32_t)pair;
                shared++;
            }
        }
        result[pair] = i == count && both > shared ? (double)shared / (double)(both - shared) : 0.0;
    }
}
