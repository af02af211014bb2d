print("effnet")
