"""The addresses of the service, one file for each group; each only translates between HTTP and the library."""
