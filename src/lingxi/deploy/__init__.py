"""From a bundle on disk to the live model: judged by the gate, loaded without torch, released, rolled back."""
