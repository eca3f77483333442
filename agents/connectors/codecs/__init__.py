"""What foreign systems send, read without I/O: bytes in, what they mean out."""
