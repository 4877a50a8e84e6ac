"""What every benchmark needs: a private server, compiled programs, interleaved runs, one table."""
