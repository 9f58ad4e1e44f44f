// Recipes for the 47 classes. Each is a family of shapes and colours, and every model is a
// variation of it.
#pragma once

#include "base/random.h"
#include "synth/solid.h"

namespace rod::synth {

// A solid under construction. Recipes stand upright on z = 0, are about one unit large and face -y.
// No more than one argument of a call may draw a random number, as compilers differ in the order in
// which they evaluate arguments; the members of a {} have an order.
struct Maker {
  Random& random;
  Solid solid;

  // `middle` within +-share of itself.
  float vary(float middle, float share = 0.12f) {
    return middle * static_cast<float>(random.between(1 - share, 1 + share));
  }
  bool chance(double p) { return random.chance(p); }
  // Hue 0-360, saturation and value 0-1 of the colour on the screen, each varied a little.
  Paint paint(float hue, float saturation, float value, float gloss = 0.15f, float hue_share = 12);
  Paint any_paint(float gloss = 0.2f);  // a vivid colour of any hue
};

using Recipe = void (*)(Maker&);

// One family per file. recipes.cc lists them in the order of labels.
void apple(Maker& m);
void ball(Maker& m);
void banana(Maker& m);
void bell_pepper(Maker& m);
void garlic(Maker& m);
void greens(Maker& m);
void lemon(Maker& m);
void mushroom(Maker& m);
void orange(Maker& m);
void pear(Maker& m);
void potato(Maker& m);

void bowl(Maker& m);
void cereal_box(Maker& m);
void coffee_mug(Maker& m);
void food_bag(Maker& m);
void food_box(Maker& m);
void food_can(Maker& m);
void food_cup(Maker& m);
void food_jar(Maker& m);
void instant_noodles(Maker& m);
void kleenex(Maker& m);
void pitcher(Maker& m);
void plate(Maker& m);
void shampoo(Maker& m);
void soda_can(Maker& m);
void water_bottle(Maker& m);

void binder(Maker& m);
void calculator(Maker& m);
void camera(Maker& m);
void cap(Maker& m);
void cell_phone(Maker& m);
void comb(Maker& m);
void dry_battery(Maker& m);
void flashlight(Maker& m);
void glue_stick(Maker& m);
void hand_towel(Maker& m);
void keyboard(Maker& m);
void lightbulb(Maker& m);
void marker(Maker& m);
void notebook(Maker& m);
void pliers(Maker& m);
void rubber_eraser(Maker& m);
void scissors(Maker& m);
void sponge(Maker& m);
void stapler(Maker& m);
void toothbrush(Maker& m);
void toothpaste(Maker& m);

// Builds the model of a class from these random numbers: centred on the z axis, standing on z = 0,
// its largest side one unit long. Requires: label < 47.
Solid make_model(std::size_t label, Random& random);

}  // namespace rod::synth
