"""What a delegation sees: its folder, a ballot before it is signed, a receipt in words and as a page."""
