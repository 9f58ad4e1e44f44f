"""Stands in for Colab's package of this name: a drive that is a folder of this machine."""
