"""What a Word document is made of: styles, numbered lists, paragraphs, tables."""
