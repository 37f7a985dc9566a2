/* The hot loops of auditor/text/shingles.py and minhash.py, one pass over the bytes of a column.
 *
 * Every function gives the same numbers, bit for bit, as its NumPy twin; the twins are the specification and a
 * test holds them together. Rows that the tables cannot fold one code point at a time (combining marks, letters
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

enum { SEPARATOR = 0, INVISIBLE = 1, COMPLEX = 2, IDEOGRAPH = 3 }; /* else the folded code point of a letter */
#define IDEOGRAPH_BIT 0x80000000u
#define TABLE_SIZE 0x323B0u
#define BINS 128
#define EMPTY UINT64_MAX

static const uint64_t ODD = 0x9E3779B97F4A7C15ull, MIX = 0xD6E8FEB86659FD93ull;

static inline uint64_t mix(uint64_t x) {
    x ^= x >> 32;
    x *= MIX;
    x ^= x >> 29;
    x *= MIX;
    return x ^ (x >> 32);
}

/* hash of one token: eight bytes at a time; `token` has eight readable zero bytes behind it */
static inline uint64_t token_hash(const uint8_t *token, uint64_t length) {
    uint64_t word;
    memcpy(&word, token, 8);
    if (length < 8) word &= (1ull << (8 * length)) - 1;
    uint64_t hash = mix(word ^ (length * ODD));
    for (uint64_t done = 8; done < length; done += 8) {
        memcpy(&word, token + done, 8);
        if (length - done < 8) word &= (1ull << (8 * (length - done))) - 1;
        hash = mix(hash * ODD + word);
    }
    return hash;
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

/* Token hashes of one row into `tokens`; their number, or -1 where the row holds a complex code point.
 * `buffer` is scratch of at least 2 * bytes + 16. */
static int64_t tokenize(const uint8_t *p, const uint8_t *end, const uint8_t *word, const uint32_t *table,
                        uint8_t *buffer, uint64_t *tokens) {
    int64_t count = 0;
    uint8_t *out = buffer;
    while (p < end) {
        if (*p < 0x80) {
            uint8_t folded = word[*p++];
            *out = folded;
            if (folded) {
                out++;
                continue;
            }
        } else {
            uint32_t point = get_utf8(&p);
            uint32_t folded = point < TABLE_SIZE ? table[point] : SEPARATOR;
            if (folded == COMPLEX) return -1;
            if (folded == INVISIBLE) continue;
            if (folded & IDEOGRAPH_BIT) {
                if (out > buffer) {
                    memset(out, 0, 8);
                    tokens[count++] = token_hash(buffer, (uint64_t)(out - buffer));
                }
                out = put_utf8(buffer, folded & ~IDEOGRAPH_BIT);
            } else if (folded != SEPARATOR) {
                out = put_utf8(out, folded);
                continue;
            }
        }
        if (out > buffer) { /* a separator, or an ideograph, which is a token of its own */
            memset(out, 0, 8);
            tokens[count++] = token_hash(buffer, (uint64_t)(out - buffer));
            out = buffer;
        }
    }
    if (out > buffer) {
        memset(out, 0, 8);
        tokens[count++] = token_hash(buffer, (uint64_t)(out - buffer));
    }
    return count;
}

static uint64_t sequence_hash(const uint64_t *tokens, int64_t count) {
    uint64_t sum = 0;
    if (count == 0) return 0;
    for (int64_t i = 0; i < count; i++) sum += mix(tokens[i] + mix((uint64_t)i * ODD + 1));
    return mix(sum + (uint64_t)count);
}

static inline void ngram_hashes(const uint64_t *tokens, int64_t grams, int64_t n, const uint64_t *odd, uint64_t *out) {
    for (int64_t i = 0; i < grams; i++) {
        uint64_t sum = 0;
        for (int64_t k = 0; k < n; k++) sum += tokens[i + k] * odd[k];
        out[i] = mix(sum);
    }
}

/* n-grams of rows. `hashes` has room for one entry every two bytes and two a row. Rows that must go the slow way get tokens = -1
 * and no n-grams. Returns the number of n-grams written. */
CLONES int64_t auditor_shingles(const uint8_t *data, const int64_t *offsets, int64_t rows, int64_t n,
                                const uint8_t *word, const uint32_t *table, const uint64_t *odd, uint8_t *buffer,
                                uint64_t *scratch, uint64_t *hashes, int64_t *out_offsets, uint64_t *sequence,
                                int64_t *tokens) {
    int64_t written = 0;
    for (int64_t row = 0; row < rows; row++) {
        out_offsets[row] = written;
        int64_t count = tokenize(data + offsets[row], data + offsets[row + 1], word, table, buffer, scratch);
        tokens[row] = count;
        sequence[row] = count > 0 ? sequence_hash(scratch, count) : 0;
        if (count <= 0) continue;
        if (count < n) {
            hashes[written++] = sequence[row];
        } else {
            ngram_hashes(scratch, count - n + 1, n, odd, hashes + written);
            written += count - n + 1;
        }
    }
    out_offsets[rows] = written;
    return written;
}

/* Fast similarity sketch of one set into 128 bins. */
static inline void sketch_row(const uint64_t *hashes, int64_t count, uint64_t *bins) {
    for (int i = 0; i < BINS; i++) bins[i] = EMPTY;
    if (count == 0) return;
    int empty = BINS;
    for (uint64_t round = 0; round < BINS && empty; round++) {
        uint64_t salt = 0x2545F4914F6CDD1Dull * (2 * round + 1);
        for (int64_t i = 0; i < count; i++) {
            uint64_t mixed = mix(hashes[i] ^ salt);
            uint64_t bin = mixed >> 57, value = ((mixed << 7) >> 8) | round << 56;
            empty -= bins[bin] == EMPTY;
            if (value < bins[bin]) bins[bin] = value;
        }
    }
    for (uint64_t bin = 0; bin < BINS && empty; bin++) {
        uint64_t salt = 0x2545F4914F6CDD1Dull * (2 * (BINS + bin) + 1);
        for (int64_t i = 0; i < count; i++) {
            uint64_t value = mix(hashes[i] ^ salt) >> 8 | (uint64_t)BINS << 56;
            empty -= bins[bin] == EMPTY;
            if (value < bins[bin]) bins[bin] = value;
        }
    }
}

/* Band keys (bands x rows) of sets given by `offsets` into `hashes`. */
CLONES void auditor_band_keys(const uint64_t *hashes, const int64_t *offsets, int64_t rows, int64_t bands, int64_t height,
                              uint64_t *keys) {
    uint64_t bins[BINS];
    for (int64_t row = 0; row < rows; row++) {
        sketch_row(hashes + offsets[row], offsets[row + 1] - offsets[row], bins);
        for (int64_t band = 0; band < bands; band++) {
            uint64_t key = (uint64_t)band + 1;
            for (int64_t i = 0; i < height; i++) key = mix((key ^ bins[band * height + i]) * ODD);
            keys[band * rows + row] = key;
        }
    }
}

/* Sort in place by eight passes of eight bits; passes in which all values agree are left out. */
static void radix_sort(uint64_t *values, uint64_t *scratch, int64_t count) {
    uint64_t *from = values, *to = scratch;
    for (int shift = 0; shift < 64; shift += 8) {
        int64_t place[257] = {0};
        for (int64_t i = 0; i < count; i++) place[(from[i] >> shift & 255) + 1]++;
        if (place[(from[0] >> shift & 255) + 1] == count) continue;
        for (int i = 0; i < 256; i++) place[i + 1] += place[i];
        for (int64_t i = 0; i < count; i++) to[place[from[i] >> shift & 255]++] = from[i];
        uint64_t *other = from;
        from = to;
        to = other;
    }
    if (from != values) memcpy(values, from, (size_t)count * sizeof *values);
}

/* Exact Jaccard similarity of pairs of sets. `hashes` is sorted in place row by row. */
void auditor_jaccard(uint64_t *hashes, const int64_t *offsets, int64_t rows, const int64_t *a, const int64_t *b,
                     int64_t pairs, uint64_t *scratch, int64_t *sizes, double *result) {
    for (int64_t row = 0; row < rows; row++) {
        uint64_t *set = hashes + offsets[row];
        int64_t count = offsets[row + 1] - offsets[row], kept = 0;
        if (count > 1) radix_sort(set, scratch, count);
        for (int64_t i = 0; i < count; i++)
            if (i == 0 || set[i] != set[kept - 1]) set[kept++] = set[i];
        sizes[row] = kept;
    }
    for (int64_t pair = 0; pair < pairs; pair++) {
        const uint64_t *x = hashes + offsets[a[pair]], *y = hashes + offsets[b[pair]];
        int64_t m = sizes[a[pair]], k = sizes[b[pair]], i = 0, j = 0, shared = 0;
        while (i < m && j < k) {
            uint64_t u = x[i], v = y[j];
            shared += u == v;
            i += u <= v;
            j += v <= u;
        }
        int64_t joined = m + k - shared;
        result[pair] = joined ? (double)shared / (double)joined : 0.0;
    }
}
