"""The formats that people upload, written part by part as office programs write them; the same input gives the same bytes."""
