//! SDXL: text to image and image to image.
