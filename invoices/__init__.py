"""What is owed: GST, numbers, documents, advances, settlement."""
