"""Sound files: WAV as numpy reads it, everything else through soundfile."""
