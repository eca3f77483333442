"""Whether answers can be trusted: files and questions from a seed, asked over HTTP, judged by machine."""
