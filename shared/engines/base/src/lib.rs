//! What the engines share: devices, weights, attention, noise.
