"""From a listing of images to face crops, each made once: found, cut, kept, told apart."""
