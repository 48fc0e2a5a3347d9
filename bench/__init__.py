"""The measurements, each with its floor or peer taken in the same run. See `bench/README.md`."""
