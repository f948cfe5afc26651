"""From a checkpoint to an ONNX file: the graph, its narrower kinds, and how far it differs."""
