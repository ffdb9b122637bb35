//! Secure sums after Bonawitz et al. 2017: double masking, agreed survivors, three survivors or nothing.
