"""The whole flow as one submission: `spark-submit jobs/flow.py --env standalone`."""

from cyplink import submit

if __name__ == "__main__":
    submit.main(__file__)
