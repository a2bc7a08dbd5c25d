"""The command line `pipeline-manager`: data on stdout, talk on stderr, documented exit codes."""
