"""The command line, and with `services.cli.runtime` the one place where everything is put together."""
