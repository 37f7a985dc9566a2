/* All pairs of documents whose sets of word n-grams have a Jaccard similarity of at least t: an exact join.
 *
 * Shares no code with what it judges. Documents are visited by size; each is compared with those that share one of the
 * rarest n-grams of its prefix (prefix filter, Chaudhuri, Ganti and Kaushik 2006; length filter). Usage:
 *     truth OFFSETS DATA N T OUT
 * OFFSETS int64 and DATA bytes of documents whose words stand between single spaces; OUT gets (int32, int32, float64).
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *read_all(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file) exit(1);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    void *data = malloc(*size + 1);
    if (fread(data, 1, *size, file) != *size) exit(1);
    fclose(file);
    return data;
}

static uint64_t scramble(uint64_t x) { /* splitmix64 */
    x += 0x9E3779B97F4A7C15ull;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ x >> 27) * 0x94D049BB133111EBull;
    return x ^ x >> 31;
}

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

typedef struct {
    uint64_t gram;
    uint32_t count;
} Entry;

static int by_count(const void *a, const void *b) {
    const Entry *x = a, *y = b;
    return x->count != y->count ? (x->count > y->count) - (x->count < y->count) : (x->gram > y->gram) - (x->gram < y->gram);
}

static uint64_t *grams;  /* distinct n-grams of every document */
static int64_t *begin;   /* where each document's begin */
static uint32_t *order;  /* documents by size */
static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int64_t m = begin[x + 1] - begin[x], k = begin[y + 1] - begin[y];
    return m != k ? (m > k) - (m < k) : (x > y) - (x < y);
}

static int64_t distinct(uint64_t *values, int64_t count) {
    qsort(values, (size_t)count, sizeof *values, by_value);
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++)
        if (i == 0 || values[i] != values[kept - 1]) values[kept++] = values[i];
    return kept;
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    size_t offset_bytes, bytes;
    int64_t *offsets = read_all(argv[1], &offset_bytes);
    uint8_t *data = read_all(argv[2], &bytes);
    int n = atoi(argv[3]);
    double t = atof(argv[4]);
    int64_t documents = (int64_t)(offset_bytes / 8) - 1, total = 0;
    grams = malloc((bytes / 2 + (size_t)documents + 1) * 8);
    begin = calloc((size_t)documents + 1, 8);
    uint64_t *words = malloc((bytes + 1) * 8);
    for (int64_t d = 0; d < documents; d++) {
        int64_t count = 0, made = 0;
        uint64_t hash = 0;
        int inside = 0;
        for (int64_t i = offsets[d]; i <= offsets[d + 1]; i++) {
            if (i < offsets[d + 1] && data[i] != ' ') {
                hash = scramble(hash ^ data[i]);
                inside = 1;
            } else if (inside) {
                words[count++] = hash;
                hash = 0;
                inside = 0;
            }
        }
        int size = count < n ? (int)count : n;
        for (int64_t i = 0; size && i + size <= count; i++) {
            uint64_t gram = (uint64_t)size;
            for (int k = 0; k < size; k++) gram = scramble(gram ^ words[i + k]) * 3;
            grams[total + made++] = gram;
        }
        total += distinct(grams + total, made);
        begin[d + 1] = total;
    }
    free(words);
    free(data);
    /* numbers of n-grams that stand in more than one document, rarest first */
    uint64_t *all = malloc((size_t)total * 8 + 8);
    memcpy(all, grams, (size_t)total * 8);
    qsort(all, (size_t)total, 8, by_value);
    Entry *shared = malloc((size_t)(total / 2 + 1) * sizeof *shared);
    int64_t kinds = 0;
    for (int64_t i = 0, j; i < total; i = j) {
        for (j = i + 1; j < total && all[j] == all[i]; j++) {}
        if (j - i > 1) shared[kinds++] = (Entry){all[i], (uint32_t)(j - i)};
    }
    free(all);
    uint64_t *key = malloc((size_t)kinds * 8 + 8); /* ascending by gram, as found */
    uint32_t *number = malloc((size_t)kinds * 4 + 4);
    Entry *ranked = malloc((size_t)kinds * sizeof *ranked + 8);
    memcpy(ranked, shared, (size_t)kinds * sizeof *ranked);
    for (int64_t i = 0; i < kinds; i++) key[i] = shared[i].gram;
    qsort(ranked, (size_t)kinds, sizeof *ranked, by_count);
    for (int64_t i = 0; i < kinds; i++) {
        uint64_t *at = bsearch(&ranked[i].gram, key, (size_t)kinds, 8, by_value);
        number[at - key] = (uint32_t)i;
    }
    /* every document as ascending numbers of its shared n-grams, in place */
    int64_t *first = calloc((size_t)documents + 1, 8);
    int64_t kept = 0;
    for (int64_t d = 0; d < documents; d++) {
        int64_t start = kept;
        for (int64_t i = begin[d]; i < begin[d + 1]; i++) {
            uint64_t *at = bsearch(&grams[i], key, (size_t)kinds, 8, by_value);
            if (at) grams[kept++] = number[at - key];
        }
        qsort(grams + start, (size_t)(kept - start), 8, by_value);
        first[d + 1] = kept;
    }
    order = malloc((size_t)documents * 4);
    for (int64_t d = 0; d < documents; d++) order[d] = (uint32_t)d;
    qsort(order, (size_t)documents, 4, by_size);
    /* index: documents by n-gram, in the room that its count says */
    int64_t *room = calloc((size_t)kinds + 1, 8);
    for (int64_t i = 0; i < kinds; i++) room[i + 1] = room[i] + ranked[i].count;
    uint32_t *listed = malloc((size_t)room[kinds] * 4 + 4), *filled = calloc((size_t)kinds + 1, 4);
    uint32_t *met = malloc((size_t)documents * 4), *candidates = malloc((size_t)documents * 4);
    memset(met, 0xff, (size_t)documents * 4);
    FILE *out = fopen(argv[5], "wb");
    for (int64_t place = 0; place < documents; place++) {
        uint32_t d = order[place];
        int64_t size = begin[d + 1] - begin[d], own = first[d + 1] - first[d], found = 0;
        if (size == 0) continue;
        /* n-grams of no other document are the rarest: they use up the front of the prefix */
        int64_t prefix = size - (int64_t)ceil(t * (double)size - 1e-9) + 1 - (size - own);
        for (int64_t i = 0; i < prefix && i < own; i++) {
            uint64_t gram = grams[first[d] + i];
            for (uint32_t k = 0; k < filled[gram]; k++) {
                uint32_t e = listed[room[gram] + k];
                if (met[e] != d && (double)(begin[e + 1] - begin[e]) >= t * (double)size - 1e-9) {
                    met[e] = d;
                    candidates[found++] = e;
                }
            }
            listed[room[gram] + filled[gram]++] = d;
        }
        for (int64_t c = 0; c < found; c++) {
            uint32_t e = candidates[c];
            int64_t i = first[d], j = first[e], both = 0;
            while (i < first[d + 1] && j < first[e + 1]) {
                uint64_t x = grams[i], y = grams[j];
                both += x == y;
                i += x <= y;
                j += y <= x;
            }
            double similarity = (double)both / (double)(size + begin[e + 1] - begin[e] - both);
            if (similarity >= t - 1e-9) {
                uint32_t pair[2] = {d < e ? d : e, d < e ? e : d};
                fwrite(pair, 4, 2, out);
                fwrite(&similarity, 8, 1, out);
            }
        }
    }
    fclose(out);
    return 0;
}
