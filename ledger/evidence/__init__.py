"""What is handed over, as formats: bundles and their containers, receipts, trust files."""
