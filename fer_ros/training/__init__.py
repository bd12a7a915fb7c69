"""Training, measuring and saving of models; needs the training extra."""
