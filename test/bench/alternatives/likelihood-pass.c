/*
 * The likelihood pass of GJR in C: blocks of 16 bars share two logarithms of products, eight particles at a time in
 * vectors. Reads (as doubles) particles, bars, the bars' returns, then per particle
 * mu, nu, constant, right, left, omega, beta, up, down, first variance. Prints the best nanoseconds a particle-bar
 * and the sum of all log likelihoods.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LANES = 8, BLOCK = 16, FIELDS = 10, PASSES = 12 };

typedef double lanes __attribute__((vector_size(8 * LANES)));

static lanes load(const double *field, int k, int particles, int first) {
  lanes out;
  for (int i = 0; i < LANES; i++) out[i] = field[(size_t)k * particles + first + i];
  return out;
}

static double pass(const double *y, int bars, const double *field, int particles) {
  double total = 0;
  for (int first = 0; first < particles; first += LANES) {
    lanes f[FIELDS];
    for (int k = 0; k < FIELDS; k++) f[k] = load(field, k, particles, first);
    /* chosen by the sign: mean and half difference of both sides, so that |d| d stands for the branch */
    lanes mu = f[0], reachMean = 0.5 * (f[3] + f[4]), reachHalf = 0.5 * (f[3] - f[4]);
    lanes newsMean = 0.5 * (f[7] + f[8]), newsHalf = 0.5 * (f[7] - f[8]), omega = f[5], beta = f[6];
    lanes h = f[9], sum = {0};
    for (int from = 0; from < bars; from += BLOCK) {
      int to = from + BLOCK < bars ? from + BLOCK : bars;
      lanes variance = {0}, reach = {0};
      variance += 1;
      reach += 1;
      for (int t = from; t < to; t++) {
        lanes d = y[t] - mu, square = d * d;
        lanes sided;
        for (int i = 0; i < LANES; i++) sided[i] = d[i] * fabs(d[i]);
        variance *= h;
        reach *= h + reachMean * square + reachHalf * sided;
        h = omega + beta * h + newsMean * square + newsHalf * sided;
      }
      for (int i = 0; i < LANES; i++) {
        double v = log(variance[i]);
        sum[i] += (to - from) * f[2][i] - 0.5 * v - 0.5 * (f[1][i] + 1) * (log(reach[i]) - v);
      }
    }
    for (int i = 0; i < LANES; i++) total += sum[i];
  }
  return total;
}

int main(void) {
  double size[2];
  if (fread(size, sizeof(double), 2, stdin) != 2) return 1;
  int particles = (int)size[0], bars = (int)size[1];
  double *y = malloc(sizeof(double) * bars), *field = malloc(sizeof(double) * FIELDS * particles);
  if (fread(y, sizeof(double), bars, stdin) != (size_t)bars) return 1;
  if (fread(field, sizeof(double), FIELDS * particles, stdin) != (size_t)FIELDS * particles) return 1;
  double best = INFINITY, total = 0;
  for (int k = 0; k < PASSES; k++) {
    struct timespec a, b;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    total = pass(y, bars, field, particles);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    double ns = 1e9 * (b.tv_sec - a.tv_sec) + (b.tv_nsec - a.tv_nsec);
    if (ns < best) best = ns;
  }
  printf("%.6f %.10g\n", best / particles / bars, total);
  return 0;
}
