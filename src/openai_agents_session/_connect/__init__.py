"""Where Redis is: URLs, the environment, a server in memory, a cluster that connects late."""
