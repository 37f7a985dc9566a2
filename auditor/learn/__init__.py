"""Loading, pre-training and fine-tuning of a BERT: what both a check and the benchmark train with."""
