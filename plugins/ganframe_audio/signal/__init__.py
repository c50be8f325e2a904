"""What is done to sounds: spectra and back, pitch, another sample rate. Tensors in, tensors out."""
