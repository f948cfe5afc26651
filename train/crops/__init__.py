"""From a listing of pictures to face crops, each made once: found, cut, kept, told apart."""
