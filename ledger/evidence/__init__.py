"""The formats of evidence: bundles and their containers, receipts, trust files."""
