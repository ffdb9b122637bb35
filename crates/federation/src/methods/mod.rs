//! Registered federated methods: what a site sums in a round, and what the hub makes of the totals.
