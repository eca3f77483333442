"""The benchmark: `bench/run.sh` prints the product's figures beside their goals."""
