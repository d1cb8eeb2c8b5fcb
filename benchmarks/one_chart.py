"""The page that first paint is held against: Streamlit and one chart, nothing else."""

import streamlit as st

st.line_chart([1, 2, 4, 8])
