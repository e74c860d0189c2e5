//! What the commands say of lying nodes, and how they end.
