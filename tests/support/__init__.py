"""Real servers for tests: standalone, cluster and Sentinel, and a proxy that breaks connections."""
