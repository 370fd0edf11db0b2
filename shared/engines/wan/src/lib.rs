//! WAN 2.1: text to video, and single pictures.
