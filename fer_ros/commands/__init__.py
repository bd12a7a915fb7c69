"""The commands of fer-ros, each with add_arguments(parser) and run(args) -> int."""
