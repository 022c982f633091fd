"""What random clients ask of the emulator, kind by kind; each also where there is nothing there."""
