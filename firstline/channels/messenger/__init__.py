"""Facebook Messenger, and Instagram messaging, its near relative: one channel account is one page or one Instagram account."""
