"""WhatsApp, by the Cloud API: one channel account is one phone number of the business."""
