// flash_hopper.cuh. Ends with 0 if it is right.
#include "flash_check.hpp"
#include "flash_hopper.cuh"

template <int SIZE, int GROUPS, int KEYS> static Kernel hopper() {
  return {SIZE, 64 * GROUPS, 128 * GROUPS, flash_hopper_shared_numbers<SIZE, GROUPS, KEYS>(), flash_hopper_block<SIZE, GROUPS, KEYS>};
}

int main() {
  emulator::copied = [](const void* to) { emulator::unseen[emulator::current].push_back((const char*)to); };
  bool is_right = true;
  for (const Case& c : {Case{1, 2, 130, 300, 1.5f, true}, {1, 1, 1, 1, 1, true}})
    is_right = is_right && check("flash_hopper_64", hopper<64, 3, 128>(), c);
  is_right = is_right && check("flash_hopper_128", hopper<128, 2, 128>(), {1, 1, 70, 300, .7f, true});
  return is_right ? 0 : 1;
}
