// Canonical labels and automorphism groups of coloured graphs, by nauty. Its option blocks are macros,
// which Swift cannot see.
#ifndef FIELDWORK_CNAUTY_H
#define FIELDWORK_CNAUTY_H

#if __has_include(<nauty.h>)
#include <nauty.h>
#else
#include <nauty/nauty.h>
#endif

// Canonical form of the graph `rows` of n nodes, each row one word (n <= WORDSIZE), node j at bit
// WORDSIZE - 1 - j. `label` and `cell` are nauty's lab and ptn: nodes in the order of their colours,
// 0 at the last of each. On return label[i] is the node at place i of the canonical form, which stands
// in `canonical`; the result is the order of the automorphism group. Not safe to call from two
// threads at once.
static inline double fw_nauty(int n, unsigned long long *rows, int *label, int *cell,
                              unsigned long long *canonical) {
  static DEFAULTOPTIONS_GRAPH(defaults);
  optionblk options = defaults;
  statsblk stats;
  graph g[WORDSIZE], h[WORDSIZE];
  int orbits[WORDSIZE];
  options.getcanon = TRUE;
  options.defaultptn = FALSE;
  for (int i = 0; i < n; i++) g[i] = (graph)rows[i];
  densenauty(g, label, cell, orbits, &options, &stats, 1, n, h);
  for (int i = 0; i < n; i++) canonical[i] = (unsigned long long)h[i];
  double size = stats.grpsize1;
  for (int i = 0; i < stats.grpsize2; i++) size *= 10;
  return size;
}

#endif
