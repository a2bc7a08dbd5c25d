"""What is shipped with Pipeline Builder: plugins, base images and samples."""
