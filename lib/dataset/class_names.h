// The 47 object classes of ROD and synROD, by label.
#pragma once

#include <array>

namespace rod::dataset {

// Alphabetical; the label is the index. The spellings are ROD's; synROD's folder for label 3 is
// "bell_papper". Source: the class folders and labels of the published split lists.
inline constexpr std::array<const char*, 47> kClassNames = {
    "apple",      "ball",         "banana",   "bell_pepper",   "binder",
    "bowl",       "calculator",   "camera",   "cap",           "cell_phone",
    "cereal_box", "coffee_mug",   "comb",     "dry_battery",   "flashlight",
    "food_bag",   "food_box",     "food_can", "food_cup",      "food_jar",
    "garlic",     "glue_stick",   "greens",   "hand_towel",    "instant_noodles",
    "keyboard",   "kleenex",      "lemon",    "lightbulb",     "marker",
    "mushroom",   "notebook",     "orange",   "pear",          "pitcher",
    "plate",      "pliers",       "potato",   "rubber_eraser", "scissors",
    "shampoo",    "soda_can",     "sponge",   "stapler",       "toothbrush",
    "toothpaste", "water_bottle",
};

inline constexpr int kBellPepperLabel = 3;
inline constexpr const char* kBellPepperInSynRod = "bell_papper";

}  // namespace rod::dataset
