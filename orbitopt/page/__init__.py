"""The Streamlit page: the only part of the package that imports streamlit or altair."""
