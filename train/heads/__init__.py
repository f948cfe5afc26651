"""Heads on the latent of a trained network: vote shares, and how far an estimate may be off."""
