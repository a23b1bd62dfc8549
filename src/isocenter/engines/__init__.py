"""The tools that run our queries and kernels: opened within a limit, and locked before a stranger's query runs."""
