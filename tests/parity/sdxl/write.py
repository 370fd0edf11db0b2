"""
Writes the fixtures of tests/fixtures/parity/sdxl. Run once, by hand:

    python -m venv venv && venv/bin/pip install -r tests/parity/requirements.txt
    venv/bin/python tests/parity/sdxl/write.py
"""

import os
import sys

import torch

sys.path[:0] = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]

import adapter
import model
import names
import picture
import stages

torch.set_num_threads(2)
with torch.no_grad():
    pipeline = model.build()
    model.write(pipeline)
    stages.text(pipeline)
    stages.unet(pipeline)
    stages.schedule(pipeline)
    stages.loops(pipeline)
    stages.vae(pipeline)
    picture.write(pipeline)
    adapter.write(pipeline)
names.write()
