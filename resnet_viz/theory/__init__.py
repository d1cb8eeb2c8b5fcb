"""What theory says about a network before it is measured: formulas with their source, in numpy, without torch."""
