#include "trainer/embedding/embedding.h"

#include <gtest/gtest.h>

#include <cmath>

#include "trainer/tensor/evenly_spaced.h"

namespace rod::trainer {
namespace {

// [N,F] f64 of normal noise.
torch::Tensor noise(std::int64_t rows, std::int64_t width, std::uint64_t seed) {
  torch::manual_seed(seed);
  return torch::randn({rows, width}, torch::kDouble);
}

// Three groups of 20 points in 10 dimensions, far from each other: point n is of group n / 20.
torch::Tensor three_groups() {
  const torch::Tensor middles = noise(3, 10, 7) * 12;
  return middles.repeat_interleave(20, 0) + noise(60, 10, 8);
}

double mean_square(const torch::Tensor& values) {
  return values.pow(2).mean().item<double>();
}

// The mean over all pairs of what t-SNE minimises: the divergence of the places' neighbour
// probabilities from the points'.
double divergence(const torch::Tensor& probabilities, const torch::Tensor& places) {
  torch::Tensor q = 1 / (1 + torch::cdist(places, places).pow(2));
  q.diagonal().zero_();
  q = q / q.sum();
  const torch::Tensor terms = probabilities * (probabilities / q.clamp_min(1e-300)).log();
  return terms.nan_to_num(0).sum().item<double>();
}

TEST(PrincipalComponents, AreTheDirectionsOfLargestSpreadInThatOrder) {
  const torch::Tensor along = noise(40, 1, 1) * 9, across = noise(40, 1, 2);
  const torch::Tensor points = along.matmul(torch::tensor({{0.6, -0.8, 0.}}, torch::kDouble)) +
                               across.matmul(torch::tensor({{0., 0., 1.}}, torch::kDouble)) + 5;
  const torch::Tensor two = principal_components(points, 2);
  ASSERT_EQ(two.sizes(), (std::vector<std::int64_t>{40, 2}));
  const torch::Tensor centred = points - points.mean(0);
  EXPECT_NEAR(mean_square(two) * 2, mean_square(centred) * 3, 1e-9) << "no third direction";
  EXPECT_GT(mean_square(two.select(1, 0)), 40 * mean_square(two.select(1, 1)));
  // -0.8 is the largest coefficient of the first direction, so that direction is turned round.
  EXPECT_LT((two.select(1, 0) * (along - along.mean()).select(1, 0)).sum().item<double>(), 0);
  EXPECT_EQ(principal_components(points, 50).size(1), 3);
  EXPECT_TRUE(torch::equal(principal_components(points, 2), two));
}

TEST(EvenlySpaced, TakesTheFirstAndThenInEqualStepsAtMostAllOfThem) {
  EXPECT_TRUE(torch::equal(evenly_spaced(torch::arange(10) + 0.5, 4),
                           torch::tensor({0.5F, 2.5F, 5.5F, 7.5F})));
  EXPECT_TRUE(torch::equal(evenly_spaced(3, 8), torch::arange(3)));
  EXPECT_EQ(evenly_spaced(20'000, 8192).select(0, 8191).item<std::int64_t>(), 19'997);
  EXPECT_EQ(evenly_spaced(7, 0).numel(), 0);
}

TEST(Tsne, NeighbourProbabilitiesAreSymmetricAndHaveTheirPerplexity) {
  const torch::Tensor points = noise(50, 4, 3);
  const torch::Tensor p = neighbour_probabilities(points, 10);
  EXPECT_TRUE(torch::equal(p, p.t()));
  EXPECT_NEAR(p.sum().item<double>(), 1, 1e-12);
  EXPECT_EQ(p.diagonal().abs().max().item<double>(), 0);
  // Of points on a regular ring all have the same neighbours: their conditional probabilities are
  // the joint ones times N.
  const torch::Tensor angle = torch::arange(40, torch::kDouble) * (2 * M_PI / 40);
  const torch::Tensor ring =
      neighbour_probabilities(torch::stack({angle.cos(), angle.sin()}, 1), 8) * 40;
  for (const std::int64_t row : {0, 17}) {
    EXPECT_NEAR(at::special_entr(ring[row]).sum().item<double>(), std::log(8), 1e-5);
  }
}

TEST(Tsne, KeepsNeighboursTogetherAndGroupsApart) {
  const torch::Tensor points = three_groups();
  const torch::Tensor places = tsne(points);
  ASSERT_EQ(places.sizes(), (std::vector<std::int64_t>{60, 2}));
  torch::Tensor apart = torch::cdist(places, places);
  apart.diagonal().fill_(INFINITY);
  const torch::Tensor nearest = apart.argmin(1);
  for (std::int64_t n = 0; n < 60; ++n) EXPECT_EQ(nearest[n].item<std::int64_t>() / 20, n / 20);
  EXPECT_TRUE(torch::equal(tsne(points), places)) << "nothing is random";
}

TEST(Tsne, ImprovesOnItsStart) {
  const torch::Tensor points = noise(80, 12, 4);
  const torch::Tensor p = neighbour_probabilities(points, 20);
  TsneOptions options;
  options.perplexity = 20;
  const double found = divergence(p, tsne(points, options));
  EXPECT_LT(found, 0.9 * divergence(p, principal_components(points, 2)));
  options.iterations = 1000;
  EXPECT_NEAR(divergence(p, tsne(points, options)), found, 0.03 * found) << "has converged";
}

TEST(Tsne, PlacesEqualPointsAndPointsOnALine) {
  for (const torch::Tensor& points :
       {torch::ones({5, 3}, torch::kDouble), noise(9, 1, 5), noise(4, 2, 6) * 1e6})
    EXPECT_TRUE(tsne(points).isfinite().all().item<bool>()) << points;
}

TEST(ProxyADistance, IsTwoForDomainsApartAndNearNoughtForDomainsAlike) {
  const torch::Tensor source = noise(200, 20, 1);
  EXPECT_EQ(proxy_a_distance(source, noise(300, 20, 2) + 4), 2);
  EXPECT_LT(proxy_a_distance(source, noise(300, 20, 2)), 0.5);
  // With more features than samples a classifier fits any samples: it is judged on others.
  EXPECT_LT(proxy_a_distance(noise(60, 200, 3), noise(60, 200, 4)), 0.9);
}

TEST(ProxyADistance, OfADomainAndAPartOfItGrowsWithTheirDifference) {
  const torch::Tensor source = noise(400, 10, 1), target = noise(400, 10, 2);
  const double near = proxy_a_distance(source, target + 0.3),
               far = proxy_a_distance(source, target + 0.8);
  EXPECT_LT(near, far);
  EXPECT_LT(far, 2);
}

TEST(ProxyADistance, BearsFeaturesThatNeverChange) {
  torch::Tensor source = noise(30, 5, 1), target = noise(30, 5, 2) + 5;
  source.select(1, 2).fill_(3);
  target.select(1, 2).fill_(3);
  EXPECT_EQ(proxy_a_distance(source, target), 2);
}

TEST(PrincipalComponents, OwnSpanKeepsInnerProductsInFewerDimensions) {
  const torch::Tensor rows = noise(12, 40, 1);
  const Span span = in_own_span(rows);
  ASSERT_EQ(span.places.sizes(), (std::vector<std::int64_t>{12, 12}));
  EXPECT_TRUE(torch::allclose(span.places.matmul(span.places.t()), rows.matmul(rows.t())));
  EXPECT_TRUE(torch::allclose(span.places.matmul(span.axes.t()), rows));
  EXPECT_TRUE(torch::equal(in_own_span(rows.t()).places, rows.t())) << "not fewer";
}

TEST(LogisticRegression, EndsWhereItsGradientVanishesWithMoreFeaturesThanSamplesToo) {
  const torch::Tensor rows = noise(20, 60, 1);
  const torch::Tensor signs = torch::where(rows.select(1, 0) > 0, 1., -1.).to(torch::kDouble);
  const torch::Tensor weights = logistic_regression(rows, signs);
  ASSERT_EQ(weights.size(0), 61);
  const torch::Tensor w = weights.narrow(0, 0, 60);
  const torch::Tensor p = torch::sigmoid(-signs * (rows.matmul(w) + weights[60])) * signs;
  EXPECT_LT((w - rows.t().matmul(p)).abs().max().item<double>(), 1e-6);
  EXPECT_LT(std::abs(p.sum().item<double>()), 1e-6);
}

TEST(LogisticRegression, EndsWhereItsGradientVanishes) {
  const torch::Tensor rows = noise(50, 8, 1);
  const torch::Tensor signs =
      torch::where(rows.select(1, 0) + noise(50, 1, 2).select(1, 0) > 0.5, 1., -1.)
          .to(torch::kDouble);
  const torch::Tensor weights = logistic_regression(rows, signs);
  const torch::Tensor w = weights.narrow(0, 0, 8), constant = weights[8];
  const torch::Tensor p = torch::sigmoid(-signs * (rows.matmul(w) + constant)) * signs;
  EXPECT_LT((w - rows.t().matmul(p)).abs().max().item<double>(), 1e-6);
  EXPECT_LT(std::abs(p.sum().item<double>()), 1e-6) << "the constant has no penalty";
  EXPECT_GT(w[0].item<double>(), w.narrow(0, 1, 7).abs().max().item<double>());
}

}  // namespace
}  // namespace rod::trainer
